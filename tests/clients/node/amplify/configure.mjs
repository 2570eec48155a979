// Amplify JS v6 pointed at an endpoint that is not on AWS, with credentials from wherever the app has them.
import { Amplify } from 'aws-amplify';
import { decodeJWT } from 'aws-amplify/auth';

export function configure(endpoint, mode, { apiKey, token, accessKeyId, secretAccessKey }) {
  const api = { region: 'us-east-1', defaultAuthMode: mode, apiKey };
  // Amplify wants to see a pool and an identity pool, but asks neither: the two providers below answer instead.
  const Cognito = { userPoolId: 'us-east-1_local', userPoolClientId: 'local', identityPoolId: 'us-east-1:local' };
  const config = {
    API: {
      GraphQL: { ...api, endpoint: `${endpoint}/graphql` },
      Events: { ...api, endpoint: `${endpoint}/event` },
    },
    Auth: { Cognito: { ...Cognito, allowGuestAccess: true } },
  };
  const tokenProvider = {
    // For userPool and oidc. The access token is what Amplify sends.
    getTokens: async () => (token?.includes('.') ? { accessToken: decodeJWT(token), idToken: decodeJWT(token) } : null),
  };
  const credentialsProvider = {
    // For iam, which identityPool is another name for.
    getCredentialsAndIdentityId: async () => ({ credentials: { accessKeyId, secretAccessKey } }),
    clearCredentialsAndIdentityId() {},
  };
  Amplify.configure(config, { Auth: { tokenProvider, credentialsProvider } });
}
