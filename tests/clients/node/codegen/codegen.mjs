// Types from a running endpoint: the schema is read by introspection, as whoever knows the API key.
const { ENDPOINT, API_KEY, OUT } = process.env;

export default {
  schema: [{ [ENDPOINT]: { headers: { 'x-api-key': API_KEY } } }],
  generates: { [OUT]: { plugins: ['typescript'] } },
};
