import { util } from '@aws-appsync/utils';

function answer(event, ctx) {
  const how = event.payload;
  if (how === 'drop') {
    return null;
  }
  if (how === 'fail') {
    return { id: event.id, error: 'not this one' };
  }
  if (how === 'context') {
    const { identity, info, request } = ctx;
    return { id: event.id, payload: { identity, info, headers: request.headers, count: ctx.events.length } };
  }
  return { id: event.id, payload: { coded: how } };
}

export function onPublish(ctx) {
  const first = ctx.events[0].payload;
  if (first === 'error') {
    util.error('no publishing today', 'Closed');
  }
  if (first === 'unauthorized') {
    util.unauthorized();
  }
  if (first === 'nothing') {
    return null;
  }
  if (first === 'stranger') {
    return [{ id: 'nobody', payload: 1 }];
  }
  return ctx.events.map((event) => answer(event, ctx));
}

export function onSubscribe(ctx) {
  const segments = ctx.info.channel.segments;
  if (segments[1] === 'closed') {
    util.unauthorized();
  }
  if (segments[1] === 'broken') {
    util.error('no subscribing today', 'Closed');
  }
}
