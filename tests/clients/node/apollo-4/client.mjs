// Apollo Client 4 with AWS's links for it.
import { createRequire } from 'node:module';
import { apolloClient } from '../apollo.mjs';

// Required, not imported: as ES modules, the links fail in Node when they sign (`Sha256 is not a constructor`).
const require = createRequire(import.meta.url);
const { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } = require('@apollo/client');
const { createAuthLink } = require('aws-appsync-auth-link');
const { createSubscriptionHandshakeLink } = require('aws-appsync-subscription-link');

function connect(api) {
  const http = new HttpLink({ uri: api.url });
  return new ApolloClient({
    link: ApolloLink.from([createAuthLink(api), createSubscriptionHandshakeLink(api, http)]),
    cache: new InMemoryCache(),
    // Otherwise Apollo adds its name to the body after the link has signed it, and no signature holds.
    enhancedClientAwareness: { transport: false },
  });
}

export const client = apolloClient(connect, gql);
