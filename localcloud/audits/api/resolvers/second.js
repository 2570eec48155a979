export function request(ctx) {
  ctx.stash.second = 'was here';
  return { payload: { from: 'second', before: ctx.prev.result } };
}

export function response(ctx) {
  return ctx.result;
}
