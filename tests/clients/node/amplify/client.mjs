// Amplify JS v6: GraphQL and Events, every authorisation mode, credentials that come from no AWS account.
import { Amplify } from 'aws-amplify';
import { generateClient } from 'aws-amplify/api';
import { decodeJWT } from 'aws-amplify/auth';
import { events } from 'aws-amplify/data';

const subscriptions = new Map();
const channels = new Map();
let graphql;
let authToken;

export const client = {
  configure({ endpoint, mode, credentials }) {
    const { apiKey, token, accessKeyId, secretAccessKey } = credentials;
    const region = 'us-east-1';
    const common = { region, defaultAuthMode: mode, apiKey };
    // Only the pool's shape is looked at: tokens and keys come from the two providers below.
    const Cognito = { userPoolId: 'us-east-1_local', userPoolClientId: 'local', identityPoolId: 'us-east-1:local' };
    Amplify.configure(
      {
        API: {
          GraphQL: { ...common, endpoint: `${endpoint}/graphql` },
          Events: { ...common, endpoint: `${endpoint}/event` },
        },
        Auth: { Cognito: { ...Cognito, allowGuestAccess: true } },
      },
      {
        Auth: {
          tokenProvider: { getTokens: async () => signedIn(mode, token) },
          credentialsProvider: {
            getCredentialsAndIdentityId: async () => ({ credentials: { accessKeyId, secretAccessKey } }),
            clearCredentialsAndIdentityId() {},
          },
        },
      },
    );
    authToken = mode === 'lambda' ? token : undefined;
    // Mode `none` leaves authorisation to the app: it sends the headers that the app gives, and nothing else.
    graphql = generateClient(mode === 'none' ? { headers: async () => ({ Authorization: token }) } : {});
  },

  ask: ({ query, variables }) => graphql.graphql({ query, variables, authToken }),

  listen({ name, query, variables }, { next, error, complete }) {
    const heard = { next: ({ data, errors }) => next(errors ? { data, errors } : { data }), error, complete };
    subscriptions.set(name, graphql.graphql({ query, variables, authToken }).subscribe(heard));
  },

  forget: ({ name }) => subscriptions.get(name).unsubscribe(),

  post: ({ channel, content }) => events.post(channel, content, { authToken }),

  async join({ name, channel }, { next, error }) {
    const joined = await events.connect(channel, { authToken });
    channels.set(name, joined);
    await joined.subscribe({ next: ({ event }) => next(event), error }, { authToken }).ready;
  },

  publish: ({ name, content }) => channels.get(name).publish(content, { authToken }),

  leave: ({ name }) => channels.get(name).close(),

  closeAll: () => events.closeAll(),
};

function signedIn(mode, token) {
  const given = mode === 'userPool' || mode === 'oidc';
  return given ? { accessToken: decodeJWT(token), idToken: decodeJWT(token) } : null;
}
