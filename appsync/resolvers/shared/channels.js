// Who may use which channel, and who a message is from: one rule for GraphQL and for Events.
// APPSYNC_JS imports no files: packaging.py puts this text where it is imported.

// `user/<sub>/…` is its owner's alone, to publish and to listen; so nobody may listen to all channels at once.
// A signed request comes from a worker, which may use any channel.
export function isForeign(segments, identity) {
  const [first, owner] = segments;
  return !!identity.sub && (first === '*' || (first === 'user' && owner !== identity.sub));
}

// Workers sign with IAM and have no subject; their ARN is nobody's business.
export function senderOf(identity) {
  return identity.sub ? identity.sub : 'service';
}
