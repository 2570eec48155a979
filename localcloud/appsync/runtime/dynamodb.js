// Part of the runtime: util.dynamodb, util.transform, and the module @aws-appsync/utils/dynamodb.

const toDynamoDB = (value) => {
  if (absent(value)) return { NULL: null };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: value };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(toDynamoDB) };
  return { M: toMapValues(value) };
};
const present = (value) => Object.entries(value).filter(([, each]) => each !== undefined);
const toMapValues = (value) => (absent(value) ? null : Object.fromEntries(present(value).map(([name, each]) => [name, toDynamoDB(each)])));
const unlessAbsent = (make) => (value) => (absent(value) ? null : make(value));

const dynamodb = {
  toDynamoDB, toMapValues,
  toString: unlessAbsent((value) => ({ S: String(value) })),
  toStringSet: unlessAbsent((value) => ({ SS: value })),
  toNumber: unlessAbsent((value) => ({ N: value })),
  toNumberSet: unlessAbsent((value) => ({ NS: value })),
  toBinary: unlessAbsent((value) => ({ B: value })),
  toBinarySet: unlessAbsent((value) => ({ BS: value })),
  toBoolean: unlessAbsent((value) => ({ BOOL: value })),
  toNull: () => ({ NULL: null }),
  toList: unlessAbsent((value) => ({ L: value.map(toDynamoDB) })),
  toMap: unlessAbsent((value) => ({ M: toMapValues(value) })),
  toS3Object: (key, bucket, region, version) => ({ S: JSON.stringify({ s3: { key, bucket, region, ...(absent(version) ? {} : { version }) } }) }),
  fromS3ObjectJson: (value) => parseJson(value).s3,
};

// ---- expressions ---------------------------------------------------------------------------------------------------

// Collects the names and values of one expression under placeholders that no two of them share.
const placeholders = () => {
  const names = {}, values = {};
  const free = (taken, wanted) => {
    let name = wanted;
    for (let at = 1; Object.hasOwn(taken, name); at += 1) name = `${wanted}_${at}`;
    return name;
  };
  const plain = (name) => name.split("").map((letter) => (isLetter(letter) || (letter >= "0" && letter <= "9") || letter === "_" ? letter : "_")).join("");
  const named = (part) => {
    const known = Object.keys(names).find((each) => names[each] === part);
    const key = known ?? free(names, `#${plain(part)}`);
    names[key] = part;
    return key;
  };
  return {
    path: (field) => field.split(".").map(named).join("."),
    value: (field, suffix, given) => {
      const key = free(values, `:${plain(field)}${suffix ? `_${suffix}` : ""}`);
      values[key] = toDynamoDB(given);
      return key;
    },
    done: (expression) => ({ expression, ...(Object.keys(names).length > 0 ? { expressionNames: names } : {}), ...(Object.keys(values).length > 0 ? { expressionValues: values } : {}) }),
  };
};

const SIGNS = { eq: "=", ne: "<>", le: "<=", lt: "<", ge: ">=", gt: ">" };
const KINDS = { _null: "NULL", string: "S", stringSet: "SS", number: "N", numberSet: "NS", binary: "B", binarySet: "BS", boolean: "BOOL", list: "L", map: "M" };
const OPERATORS = {
  ...Object.fromEntries(Object.entries(SIGNS).map(([name, sign]) => [name, (path, value, given) => `${path} ${sign} ${value(name, given)}`])),
  beginsWith: (path, value, given) => `begins_with(${path}, ${value("beginsWith", given)})`,
  contains: (path, value, given) => `contains(${path}, ${value("contains", given)})`,
  notContains: (path, value, given) => `NOT contains(${path}, ${value("notContains", given)})`,
  between: (path, value, given) => `${path} BETWEEN ${value("between", given[0])} AND ${value("between", given[1])}`,
  in: (path, value, given) => `${path} IN (${given.map((each) => value("in", each)).join(", ")})`,
  attributeExists: (path, value, given) => `attribute_${given ? "" : "not_"}exists(${path})`,
  attributeType: (path, value, given) => `attribute_type(${path}, ${value("attributeType", KINDS[given] ?? given)})`,
};
const KEY_OPERATORS = ["eq", "le", "lt", "ge", "gt", "between", "beginsWith"];

const listed = (value) => (Array.isArray(value) ? value : [value]);
const grouped = (parts, word) => (parts.length === 1 ? parts[0] : `(${parts.join(` ${word} `)})`);

const comparison = (into, field, operator, given, allowed) => {
  if (!allowed.includes(operator)) fail(`the operator '${operator}' of '${field}' is not one of ${allowed.join(", ")}`);
  return OPERATORS[operator](into.path(field), (suffix, value) => into.value(field, suffix, value), given);
};
const conditions = (into, given, allowed = Object.keys(OPERATORS)) => {
  const parts = present(given).filter(([, value]) => value !== null).flatMap(([name, value]) => {
    if (name === "and" || name === "or") return grouped(listed(value).map((each) => conditions(into, each, allowed)), name.toUpperCase());
    if (name === "not") return `(NOT ${conditions(into, value, allowed)})`;
    return present(value).map(([operator, wanted]) => comparison(into, name, operator, wanted, allowed));
  });
  return grouped(parts, "AND");
};
const expressionOf = (given, allowed) => {
  if (absent(given) || Object.keys(given).length === 0) return undefined;
  const into = placeholders();
  return into.done(conditions(into, given, allowed));
};
const projectionOf = (fields) => {
  if (absent(fields)) return undefined;
  const into = placeholders();
  return into.done(fields.map(into.path).join(", "));
};

// ---- updates -------------------------------------------------------------------------------------------------------

class Operation { constructor(type, payload, index) { Object.assign(this, { _type: type, payload, index }); } }

const operations = {
  add: (payload) => new Operation("add", payload),
  remove: () => new Operation("remove"),
  replace: (payload) => new Operation("replace", payload),
  increment: (by) => new Operation("increment", by ?? 1),
  decrement: (by) => new Operation("decrement", by ?? 1),
  append: (payload) => new Operation("append", payload),
  prepend: (payload) => new Operation("prepend", payload),
  updateListItem: (payload, index) => new Operation("updateListItem", payload, index),
};
const SETTERS = {
  add: (path, value) => `${path} = ${value}`,
  replace: (path, value) => `${path} = ${value}`,
  increment: (path, value) => `${path} = ${path} + ${value}`,
  decrement: (path, value) => `${path} = ${path} - ${value}`,
  append: (path, value) => `${path} = list_append(${path}, ${value})`,
  prepend: (path, value) => `${path} = list_append(${value}, ${path})`,
};
const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Operation);

const change = (into, field, value, set, gone) => {
  const path = into.path(field);
  if (isPlain(value)) return present(value).forEach(([name, each]) => change(into, `${field}.${name}`, each, set, gone));
  if (Array.isArray(value) && value.some((each) => each instanceof Operation)) {
    return value.forEach((each) => set.push(`${path}[${each.index}] = ${into.value(field, each.index, each.payload)}`));
  }
  if (!(value instanceof Operation)) return set.push(`${path} = ${into.value(field, "", value)}`);
  if (value._type === "remove") return gone.push(path);
  return set.push(SETTERS[value._type](path, into.value(field, "", value.payload)));
};
const updateOf = (given) => {
  const into = placeholders(), set = [], gone = [];
  present(given).forEach(([name, value]) => change(into, name, value, set, gone));
  return into.done([set.length > 0 ? `SET ${set.join(", ")}` : "", gone.length > 0 ? `REMOVE ${gone.join(", ")}` : ""].filter((each) => each).join(" "));
};

// ---- requests ------------------------------------------------------------------------------------------------------

const without = (request) => Object.fromEntries(Object.entries(request).filter(([, value]) => !absent(value)));
const SYNCED = ({ customPartitionKey, populateIndexFields, _version }) => ({ customPartitionKey, populateIndexFields, _version });
const reading = ({ index, limit, nextToken, consistentRead, filter, projection, select }) =>
  ({ index, limit, nextToken, consistentRead, filter: expressionOf(filter), projection: projectionOf(projection), select });
const onTables = (tables, each) => Object.fromEntries(Object.entries(tables).map(([name, given]) => [name, each(given)]));
const checkOf = (given) => {
  const found = expressionOf(given);
  return found && { ...found, returnValuesOnConditionCheckFailure: true };
};
const WRITES = {
  putItem: ({ table, key, item, condition }) => ({ table, operation: "PutItem", key: toMapValues(key), attributeValues: toMapValues(item), condition: checkOf(condition) }),
  updateItem: ({ table, key, update, condition }) => ({ table, operation: "UpdateItem", key: toMapValues(key), update: updateOf(update), condition: checkOf(condition) }),
  deleteItem: ({ table, key, condition }) => ({ table, operation: "DeleteItem", key: toMapValues(key), condition: checkOf(condition) }),
  conditionCheck: ({ table, key, condition }) => ({ table, operation: "ConditionCheck", key: toMapValues(key), condition: checkOf(condition) }),
};

const tableRequests = {
  operations,
  get: ({ key, consistentRead, projection }) => without({ operation: "GetItem", key: toMapValues(key), consistentRead, projection: projectionOf(projection) }),
  put: (given) => without({ operation: "PutItem", key: toMapValues(given.key), attributeValues: toMapValues(given.item), condition: expressionOf(given.condition), ...SYNCED(given) }),
  update: (given) => without({ operation: "UpdateItem", key: toMapValues(given.key), update: updateOf(given.update), condition: expressionOf(given.condition), ...SYNCED(given) }),
  remove: (given) => without({ operation: "DeleteItem", key: toMapValues(given.key), condition: expressionOf(given.condition), ...SYNCED(given) }),
  query: (given) => without({ operation: "Query", query: expressionOf(given.query, KEY_OPERATORS), scanIndexForward: given.scanIndexForward, ...reading(given) }),
  scan: (given) => without({ operation: "Scan", totalSegments: given.totalSegments, segment: given.segment, ...reading(given) }),
  batchGet: ({ tables }) => ({ operation: "BatchGetItem", tables: onTables(tables, ({ keys, consistentRead, projection }) => without({ keys: keys.map(toMapValues), consistentRead, projection: projectionOf(projection) })) }),
  batchPut: ({ tables }) => ({ operation: "BatchPutItem", tables: onTables(tables, (items) => items.map(toMapValues)) }),
  batchDelete: ({ tables }) => ({ operation: "BatchDeleteItem", tables: onTables(tables, (keys) => keys.map(toMapValues)) }),
  transactGet: ({ items }) => ({ operation: "TransactGetItems", transactItems: items.map(({ table, key, projection }) => without({ table, key: toMapValues(key), projection: projectionOf(projection) })) }),
  transactWrite: ({ items }) => ({ operation: "TransactWriteItems", transactItems: items.flatMap((item) => Object.entries(item).map(([kind, given]) => without(WRITES[kind](given)))) }),
};

// ---- util.transform ------------------------------------------------------------------------------------------------

// Disjunctive normal form: a list of groups, each a list of conditions that all have to hold.
const both = (left, right) => left.flatMap((one) => right.map((other) => one.concat(other)));
const groupsOf = (filter, ignored) =>
  Object.entries(filter).filter(([name]) => !ignored.includes(name)).reduce((groups, [name, value]) => both(groups, clause(name, value, ignored)), [[]]);
const clause = (name, value, ignored) => {
  if (name === "or") return value.flatMap((each) => groupsOf(each, ignored));
  if (name === "and") return value.reduce((groups, each) => both(groups, groupsOf(each, ignored)), [[]]);
  return Object.entries(value).map(([operator, wanted]) => [{ fieldName: name, operator, value: wanted }]);
};
const filterJson = (given) => JSON.stringify(expressionOf(given) ?? {});

const transform = {
  toDynamoDBFilterExpression: filterJson,
  toDynamoDBConditionExpression: filterJson,
  toSubscriptionFilter: (filter, ignored, rules) => {
    const given = typeof filter === "string" ? parseJson(filter) : filter ?? {};
    const groups = groupsOf(given, ignored ?? []);
    const ruled = absent(rules) || Object.keys(rules).length === 0 ? groups : both(groups, groupsOf(rules, []));
    return { filterGroup: ruled.map((filters) => ({ filters })) };
  },
};
