import { util, extensions } from '@aws-appsync/utils';

export function request(ctx) {
  return { payload: ctx.args };
}

export function response(ctx) {
  const { how, filter } = ctx.args;
  if (how === 'error') {
    util.error('not today', 'Closed');
  }
  if (how === 'unauthorized') {
    util.unauthorized();
  }
  if (how === 'transform') {
    extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(JSON.parse(filter)));
  } else if (filter) {
    extensions.setSubscriptionFilter(JSON.parse(filter));
  }
  return { id: 'never sent' };
}
