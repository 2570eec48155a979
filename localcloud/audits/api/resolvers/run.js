import { util, runtime, extensions } from '@aws-appsync/utils';

export function request(ctx) {
  const input = ctx.args.input;
  ctx.stash.put = 'by the request';
  if (ctx.args.case === 'early') {
    runtime.earlyReturn({ early: input });
  }
  if (ctx.args.case === 'errorInRequest') {
    util.error('refused', 'Refused');
  }
  return { payload: { case: ctx.args.case, input } };
}

export function response(ctx) {
  const name = ctx.args.case;
  const input = ctx.args.input;
  if (name === 'identity') {
    return ctx.identity;
  }
  if (name === 'context') {
    return {
      args: ctx.args, arguments: ctx.arguments, source: ctx.source, result: ctx.result, stash: ctx.stash,
      prev: ctx.prev, error: ctx.error, env: ctx.env, info: ctx.info, headers: ctx.request.headers,
    };
  }
  if (name === 'error') {
    util.error('went wrong', 'Wrong', { kept: 1 }, { why: 'because' });
  }
  if (name === 'errorAlone') {
    util.error('went wrong');
  }
  if (name === 'append') {
    util.appendError('one thing', 'First');
    util.appendError('another', 'Second', { data: 1 }, { info: 2 });
    return 'still here';
  }
  if (name === 'unauthorized') {
    util.unauthorized();
  }
  if (name === 'throwing') {
    return input.nowhere.at.all;
  }
  if (name === 'ids') {
    return { id: util.autoId(), other: util.autoId(), ulid: util.autoUlid(), ksuid: util.autoKsuid() };
  }
  if (name === 'time') {
    return {
      iso: util.time.nowISO8601(),
      seconds: util.time.nowEpochSeconds(),
      milliseconds: util.time.nowEpochMilliSeconds(),
      parsed: util.time.parseISO8601ToEpochMilliSeconds('2018-02-01T17:21:05.180+08:00'),
      formatted: util.time.nowFormatted('yyyy-MM-dd'),
      back: util.time.epochMilliSecondsToISO8601(1517943695750),
    };
  }
  if (name === 'base64') {
    return { to: util.base64Encode(input), back: util.base64Decode(util.base64Encode(input)) };
  }
  if (name === 'url') {
    return { to: util.urlEncode(input), back: util.urlDecode(util.urlEncode(input)) };
  }
  if (name === 'dynamodb') {
    return util.dynamodb.toMapValues(input);
  }
  if (name === 'dynamodbValue') {
    return util.dynamodb.toDynamoDB(input);
  }
  if (name === 'dynamodbSets') {
    return { strings: util.dynamodb.toStringSet(['a', 'b']), numbers: util.dynamodb.toNumberSet([1, 2]) };
  }
  if (name === 'subscriptionFilter') {
    return util.transform.toSubscriptionFilter(input);
  }
  if (name === 'strings') {
    return {
      normalized: util.str.normalize('e\u0301', 'nfc'), escaped: util.escapeJavaScript("it's"),
      matched: util.matches('a*b', 'aaab'), missed: util.matches('a*b', 'c'),
    };
  }
  if (name === 'nothing') {
    return;
  }
  if (name === 'language') {
    const { first, ...rest } = { first: 1, second: 2, third: 3 };
    const list = [3, 1, 2];
    const found = [];
    for (const each of list) {
      if (each !== 1) {
        found.push(each * 10);
      }
    }
    for (const key in rest) {
      found.push(key);
    }
    const mapped = list.map((each) => each + 1).filter((each) => each > 2);
    return { first, rest, found, mapped, text: `${first}-${list.length}`, safe: rest?.second ?? 0 };
  }
  if (name === 'json') {
    return { text: JSON.stringify({ a: [1, null] }), value: JSON.parse('{"b": true}') };
  }
  if (name === 'evict') {
    extensions.evictFromApiCache('Query', 'run', { 'context.arguments.case': 'x' });
    return 'evicted';
  }
  return ctx.result;
}
