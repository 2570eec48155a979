import { extensions } from '@aws-appsync/utils';

export function request() {
  return { payload: null };
}

export function response(ctx) {
  const filters = [{ fieldName: 'room', operator: 'eq', value: ctx.identity.sub }];
  extensions.setSubscriptionFilter({ filterGroup: [{ filters }] });
  return null;
}
