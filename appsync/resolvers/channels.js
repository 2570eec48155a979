// The namespace `channels` of Events: a message is published to `/channels/<channel>` and looks as in GraphQL.
import { util } from '@aws-appsync/utils';
import { isForeign, senderOf } from './shared/channels.js';

const MAX_BYTES = 200000;

export function onPublish(ctx) {
  const segments = checked(ctx);
  const channel = segments.join('/');
  const sender = senderOf(ctx.identity);
  const sentAt = util.time.nowISO8601();
  return ctx.events.map(({ id, payload }) => {
    const bytes = bytesOf(JSON.stringify(payload));
    if (bytes > MAX_BYTES) {
      return { id, error: `the message takes ${bytes} bytes; the limit is ${MAX_BYTES}` };
    }
    return { id, payload: { id, channel, sender, sentAt, data: payload } };
  });
}

export function onSubscribe(ctx) {
  checked(ctx);
}

// The channel as GraphQL names it: without the namespace.
function checked(ctx) {
  const segments = ctx.info.channel.segments.slice(1);
  if (isForeign(segments, ctx.identity)) {
    util.unauthorized();
  }
  return segments;
}

function bytesOf(text) {
  return (util.base64Encode(text).length / 4) * 3;
}
