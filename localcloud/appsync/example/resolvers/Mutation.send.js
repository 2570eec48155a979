import { util } from '@aws-appsync/utils';

export function request(ctx) {
  const { room, text } = ctx.args;
  if (text === '') {
    util.error('A message needs a text.', 'Empty');
  }
  return { payload: { room, text, id: util.autoId(), sentAt: util.time.nowISO8601() } };
}

export function response(ctx) {
  return ctx.result;
}
