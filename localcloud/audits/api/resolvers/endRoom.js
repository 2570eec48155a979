import { extensions } from '@aws-appsync/utils';

export function request(ctx) {
  return { payload: { id: 'end', room: ctx.args.room } };
}

export function response(ctx) {
  extensions.invalidateSubscriptions({ subscriptionField: 'onEnd', payload: { room: ctx.args.room } });
  return ctx.result;
}
