// Mutation.publish and Subscription.onMessage: the grammar of channels, and what a message is.
// Both names of a channel, with and without outer slashes, mean the one without.
import { util, extensions } from '@aws-appsync/utils';
import { isForeign, senderOf } from './shared/channels.js';

const GRAMMAR = '^[A-Za-z0-9-]{1,50}(/[A-Za-z0-9-]{1,50}){0,4}$';
const MAX_BYTES = 200000;

export function request(ctx) {
  const channel = checked(ctx.args.channel);
  if (isForeign(channel.split('/'), ctx.identity)) {
    util.unauthorized();
  }
  if (ctx.info.parentTypeName === 'Subscription') {
    return { payload: { channel } };
  }
  return {
    payload: {
      channel,
      id: util.autoId(),
      // As text: AppSync takes a string for JSON that is serialised already.
      data: bounded(JSON.stringify(ctx.args.data)),
      sender: senderOf(ctx.identity),
      sentAt: util.time.nowISO8601(),
    },
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  if (ctx.info.parentTypeName === 'Subscription') {
    const channel = { eq: ctx.result.channel };
    extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter({ channel }));
    return null;
  }
  return ctx.result;
}

function checked(name) {
  const opened = name.startsWith('/') ? name.slice(1) : name;
  const channel = opened.endsWith('/') ? opened.slice(0, -1) : opened;
  if (!util.matches(GRAMMAR, channel)) {
    util.error(
      `channel '${name}' must be 1 to 5 segments of 1 to 50 letters, digits or dashes, separated by slashes`,
      'InvalidInput',
      null,
      { retryable: false },
    );
  }
  return channel;
}

// AppSync drops a message beyond 240 kB without a word to the publisher, so the limit is told here. In the message
// the text is a JSON string: its quotes are escaped once more, and its letters take up to four bytes in UTF-8.
function bounded(json) {
  const bytes = (util.base64Encode(JSON.stringify(json)).length / 4) * 3;
  if (bytes > MAX_BYTES) {
    const message = `data takes ${bytes} bytes in a message; the limit is ${MAX_BYTES}`;
    util.error(message, 'TooLarge', null, { retryable: false });
  }
  return json;
}
