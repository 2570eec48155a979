// The side of a client that talks to the test: each message asks for one call, and each is answered. What a
// subscription hears is told as it comes. Everything is plain JSON, as an app would log it.

export function driver(client, tell) {
  return async ({ call, method, params }) => {
    try {
      tell({ call, result: (await client[method](params, listener(params, tell))) ?? null });
    } catch (error) {
      tell({ call, error: shown(error) });
    }
  };
}

function listener({ name }, tell) {
  return {
    next: (event) => tell({ name, event }),
    error: (error) => tell({ name, error: shown(error) }),
    complete: () => tell({ name, over: true }),
  };
}

// An Error's own words are no enumerable members: JSON alone would leave them out.
function shown(error) {
  const { name, message, cause, errors } = error;
  return { name, message, cause: cause && shown(cause), ...error, errors: errors?.map((each) => ({ ...shown(each) })) };
}
