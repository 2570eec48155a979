// Subscription.onAnswerEvent: refuses another owner's answer, and delivers only events of the caller's own.
// An id nobody has used yet is accepted, because clients subscribe before they ask.
import { util, extensions } from '@aws-appsync/utils';

// What `ask` takes as an id. Anything else DynamoDB would reject as a key, or nobody can have used.
const ID = '^[A-Za-z0-9_-]{1,64}$';

export function request(ctx) {
  if (!util.matches(ID, ctx.args.answerId)) {
    const message = "answerId must be 1 to 64 of the characters A-Z, a-z, 0-9, '_' and '-'";
    util.error(message, 'InvalidInput', null, { retryable: false });
  }
  return {
    operation: 'Query',
    index: 'byId',
    query: { expression: 'id = :id', expressionValues: util.dynamodb.toMapValues({ ':id': ctx.args.answerId }) },
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error('the answer could not be looked up', 'Unavailable', null, { retryable: true });
  }
  const subject = ctx.identity.sub;
  const rows = ctx.result.items;
  if (rows.length > 0 && !rows.some((row) => row.owner === subject)) {
    util.unauthorized();
  }
  const filter = { owner: { eq: subject }, answerId: { eq: ctx.args.answerId } };
  extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(filter));
  return null;
}
