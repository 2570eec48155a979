import { util } from '@aws-appsync/utils';

export function request(ctx) {
  return { payload: ctx.args.input };
}

export function response(ctx) {
  const { fail, kind, ...rest } = ctx.result;
  if (fail) {
    util.error(fail, 'Failed', rest);
  }
  return ctx.info.fieldName === 'sendPet' ? { ...rest, __typename: kind } : ctx.result;
}
