// Serves `api/schema.graphql` with Amplify's simulator: `node simulator.mjs PORT API_KEY`.
import { readFileSync } from "node:fs";
import net from "node:net";
import { AmplifyAppSyncSimulator } from "@aws-amplify/amplify-appsync-simulator";

const [port, apiKey] = process.argv.slice(2);

// It listens on every interface and takes no host; nothing but this machine is to reach it.
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (where, ...rest) {
  const asked = typeof where === "object" && where !== null ? where : { port: where };
  return listen.call(this, { ...asked, host: "127.0.0.1" }, ...rest.filter((each) => typeof each === "function"));
};

const simulator = new AmplifyAppSyncSimulator({ port: Number(port), wsPort: 0 });
simulator.init({
  schema: { content: readFileSync(new URL("api/schema.graphql", import.meta.url), "utf8") },
  appSync: {
    name: "fanout",
    apiKey,
    defaultAuthenticationType: { authenticationType: "API_KEY" },
    additionalAuthenticationProviders: [],
  },
  dataSources: [{ type: "NONE", name: "nothing" }],
  resolvers: [
    {
      kind: "UNIT",
      typeName: "Mutation",
      fieldName: "send",
      dataSourceName: "nothing",
      requestMappingTemplate: '{"version": "2018-05-29", "payload": $util.toJson($context.arguments)}',
      responseMappingTemplate: "$util.toJson($context.result)",
    },
  ],
});
await simulator.start();
