export function request(ctx) {
  ctx.stash.before = ctx.args.how;
  return {};
}

export function response(ctx) {
  return { prev: ctx.prev.result, result: ctx.result, stash: ctx.stash };
}
