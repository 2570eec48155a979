import { util } from '@aws-appsync/utils';

export function request(ctx) {
  const base = { operation: 'Invoke', payload: { how: ctx.args.how, info: { fieldName: 'ask' } } };
  return ctx.args.how === 'queue' ? { ...base, invocationType: 'Event' } : base;
}

export function response(ctx) {
  if (ctx.error && ctx.args.how === 'raise') {
    return { seen: ctx.error, result: ctx.result };
  }
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  return ctx.result;
}
