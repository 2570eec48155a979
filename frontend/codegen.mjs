/**
 * Writes src/generated.ts: types and texts of the operations, checked against the schema that AppSync is given.
 * With --check it writes nothing and fails when the file would change, so a moved schema stops the build.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse, validate } from "graphql";

const OUT = "src/generated.ts";

/** What AppSync declares by itself, so that the schema file does not. */
const APPSYNC = `
scalar AWSDateTime
scalar AWSJSON
scalar AWSURL
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on OBJECT | FIELD_DEFINITION
`;

const schema = parse(APPSYNC + readFileSync("../schema.graphql", "utf8"));
const document = parse(readFileSync("src/operations.graphql", "utf8"));
const scalars = { ID: "string", AWSDateTime: "string", AWSJSON: "string", AWSURL: "string" };

async function generate() {
  const config = {
    scalars,
    documentMode: "string",
    enumType: "string-literal",
    useTypeImports: true,
    skipTypename: true,
    strictScalars: true,
    disableDescriptions: true, // a reworded description is no change of the contract
    immutableTypes: true,
  };
  const text = await codegen({
    filename: OUT,
    schema,
    documents: [{ location: "src/operations.graphql", document }],
    config,
    plugins: [{ operations: {} }, { typedDocumentNode: {} }],
    pluginMap: { operations, typedDocumentNode },
  });
  return `// Written by codegen.mjs from ../schema.graphql and operations.graphql; do not edit.\n${text}`;
}

for (const error of validate(buildSchema(APPSYNC + readFileSync("../schema.graphql", "utf8")), document)) {
  process.stderr.write(`operations.graphql: ${error.message}\n`);
  process.exitCode = 1;
}
const text = process.exitCode ? "" : await generate();
if (process.argv.includes("--check")) {
  if (text !== readFileSync(OUT, "utf8")) {
    process.stderr.write(`${OUT} does not match the schema: run npm run codegen\n`);
    process.exitCode = 1;
  }
} else if (text) {
  writeFileSync(OUT, text);
}
