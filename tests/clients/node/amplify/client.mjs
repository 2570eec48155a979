// Amplify JS v6: GraphQL and Events, every authorisation mode.
import { generateClient } from 'aws-amplify/api';
import { events } from 'aws-amplify/data';
import { configure } from './configure.mjs';

const subscriptions = new Map();
const channels = new Map();
let graphql;
let authToken;

export const client = {
  configure({ endpoint, mode, credentials }) {
    configure(endpoint, mode, credentials);
    // Mode lambda takes its token with each call. Mode none sends the headers that the app gives, nothing else.
    authToken = mode === 'lambda' ? credentials.token : undefined;
    const headers = async () => ({ Authorization: credentials.token });
    graphql = generateClient(mode === 'none' ? { headers } : {});
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
