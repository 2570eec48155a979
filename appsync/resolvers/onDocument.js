// Subscription.onDocument: the caller's documents, or one of them. Another owner's id is unknown, in the same words.
import { util, extensions } from '@aws-appsync/utils';

const ID = '^[A-Za-z0-9_-]{1,64}$';

export function request(ctx) {
  // Without an id there is nothing to look up, but the data source must be asked something: no id is '-'. Nor is one
  // that DynamoDB would reject as a key.
  const id = ctx.args.id && util.matches(ID, ctx.args.id) ? ctx.args.id : '-';
  return { operation: 'GetItem', key: util.dynamodb.toMapValues({ owner: ctx.identity.sub, id }) };
}

export function response(ctx) {
  if (ctx.error) {
    util.error('the document could not be looked up', 'Unavailable', null, { retryable: true });
  }
  const filter = { owner: { eq: ctx.identity.sub } };
  if (ctx.args.id !== undefined && ctx.args.id !== null) {
    if (!ctx.result) {
      util.error(`document '${ctx.args.id}' does not exist`, 'NotFound', null, { retryable: false });
    }
    filter.id = { eq: ctx.args.id };
  }
  extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(filter));
  return null;
}
