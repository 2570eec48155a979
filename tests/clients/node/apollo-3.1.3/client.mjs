// Apollo Client 3 with version 3.1.3 of AWS's subscription link.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core/index.js';
import { createAuthLink } from 'aws-appsync-auth-link';
import { createSubscriptionHandshakeLink } from 'aws-appsync-subscription-link';
import { apolloClient } from '../apollo.mjs';

function connect(api) {
  const http = new HttpLink({ uri: api.url });
  const link = ApolloLink.from([createAuthLink(api), createSubscriptionHandshakeLink(api, http)]);
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

export const client = apolloClient(connect, gql);
