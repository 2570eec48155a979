// What the Apollo clients have in common. Their libraries are handed in, as each folder has its own versions.

export function apolloClient(connect, gql) {
  const subscriptions = new Map();
  let apollo;
  return {
    configure({ endpoint, mode, credentials }) {
      apollo = connect({ url: `${endpoint}/graphql`, region: 'us-east-1', auth: auth(mode, credentials) });
    },

    ask({ query, variables }) {
      const document = gql(query);
      const [{ operation }] = document.definitions;
      return operation === 'mutation'
        ? apollo.mutate({ mutation: document, variables })
        : apollo.query({ query: document, variables, fetchPolicy: 'no-cache' });
    },

    listen({ name, query, variables }, { next, error, complete }) {
      const events = apollo.subscribe({ query: gql(query), variables, fetchPolicy: 'no-cache' });
      subscriptions.set(name, events.subscribe({ next: sorted(next, error), error, complete }));
    },

    forget: ({ name }) => subscriptions.get(name).unsubscribe(),
  };
}

// In the stream of events, the link also tells of its own connection, and Apollo Client 4 of what went wrong.
function sorted(next, failed) {
  return ({ data, extensions, error }) => {
    if (error) {
      failed(error);
    } else if (!extensions?.controlMsgType) {
      next({ data });
    }
  };
}

function auth(mode, { apiKey, token, accessKeyId, secretAccessKey }) {
  switch (mode) {
    case 'apiKey':
      return { type: 'API_KEY', apiKey };
    case 'iam':
      return { type: 'AWS_IAM', credentials: { accessKeyId, secretAccessKey } };
    case 'userPool':
      return { type: 'AMAZON_COGNITO_USER_POOLS', jwtToken: async () => token };
    case 'oidc':
      return { type: 'OPENID_CONNECT', jwtToken: async () => token };
    case 'lambda':
      return { type: 'AWS_LAMBDA', token };
    default:
      return { type: 'NONE' };
  }
}
