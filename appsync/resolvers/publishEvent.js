// publishAnswerEvent and publishDocumentEvent: what a worker sends is what subscribers get. No function runs.
export function request(ctx) {
  return { payload: ctx.args.input };
}

export function response(ctx) {
  return ctx.result;
}
