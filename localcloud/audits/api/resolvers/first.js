import { util, runtime } from '@aws-appsync/utils';

export function request(ctx) {
  ctx.stash.first = 'was here';
  if (ctx.args.how === 'next') {
    runtime.earlyReturn({ skipped: 'first' });
  }
  if (ctx.args.how === 'end') {
    runtime.earlyReturn({ skipped: 'all' }, { skipTo: 'END' });
  }
  return { payload: { from: 'first' } };
}

export function response(ctx) {
  if (ctx.args.how === 'error') {
    util.error('the first failed', 'First');
  }
  return ctx.result;
}
