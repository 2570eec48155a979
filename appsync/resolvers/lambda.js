// Every field that a function answers. The function is sent what a direct Lambda resolver would send it,
// and answers {data} or {data, errorType, errorMessage, errorInfo}, so that an expected failure keeps its type.
import { util } from '@aws-appsync/utils';

export function request(ctx) {
  const { fieldName, parentTypeName, variables, selectionSetList, selectionSetGraphQL } = ctx.info;
  return {
    operation: 'Invoke',
    payload: {
      arguments: ctx.args,
      identity: ctx.identity,
      source: ctx.source,
      request: ctx.request,
      prev: ctx.prev,
      // Named one by one: the selection set is left out when `info` is serialised as a whole.
      info: { fieldName, parentTypeName, variables, selectionSetList, selectionSetGraphQL },
      stash: ctx.stash,
    },
  };
}

export function response(ctx) {
  if (ctx.error) {
    // A crash or a timeout: its message may hold what no client should read, and the function's log has it.
    util.error('the request could not be completed', 'InternalFailure', null, { retryable: true });
  }
  const { data, errorType, errorMessage, errorInfo } = ctx.result;
  if (errorType) {
    util.error(errorMessage, errorType, data, errorInfo);
  }
  return data;
}
