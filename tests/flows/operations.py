"""The operations that flow tests send, each once."""

CREATE_UPLOAD = """mutation($input: CreateUploadInput!) { createUpload(input: $input) {
  url fields expiresAt document { id owner name status version progress } } }"""
ADD_TEXT = "mutation($input: AddTextInput!) { addText(input: $input) { id owner name status version } }"
DOCUMENT = """query($id: ID!) { document(id: $id) {
  id owner name status version pages passages progress bytes error { type message retryable } } }"""
DOCUMENTS = """query($collection: String, $limit: Int, $nextToken: String) {
  documents(collection: $collection, limit: $limit, nextToken: $nextToken) {
    items { id name status } nextToken } }"""
DOCUMENT_TEXT = """query($id: ID!, $start: Int, $end: Int) {
  documentText(id: $id, start: $start, end: $end) { documentId version text start end length } }"""
DOCUMENT_VERSIONS = "query($id: ID!) { documentVersions(id: $id) { version name current } }"
RETRY_DOCUMENT = "mutation($id: ID!) { retryDocument(id: $id) { id status } }"
RESTORE_DOCUMENT = """mutation($id: ID!, $version: Int!) {
  restoreDocument(id: $id, version: $version) { id status } }"""
DELETE_DOCUMENT = "mutation($id: ID!) { deleteDocument(id: $id) { id status } }"
SEARCH = """query($input: SearchInput!) { search(input: $input) {
  mode tookMs passages { id documentId documentName text page start end score } } }"""
ASK = """mutation($input: AskInput!) { ask(input: $input) {
  id owner conversationId question status text lastSeq attempt } }"""
STOP = "mutation($id: ID!) { stopAnswer(id: $id) { id status } }"
ANSWER = """query($id: ID!) { answer(id: $id) {
  id owner conversationId question status text lastSeq attempt error { type message retryable }
  citations { marker quote passage { documentId documentName page start end text } }
  usage { model inputTokens outputTokens retrievalMs firstTokenMs totalMs } } }"""
ANSWERS = """query($conversationId: ID) { answers(conversationId: $conversationId) {
  items { id question } nextToken } }"""
CONVERSATIONS = "query { conversations { items { id title } nextToken } }"
PUBLISH = """mutation($channel: String!, $data: AWSJSON!) { publish(channel: $channel, data: $data) {
  channel id data sender sentAt } }"""
ON_ANSWER = """subscription($answerId: ID!) { onAnswerEvent(answerId: $answerId) {
  answerId owner seq attempt status offset text error { type message }
  citations { marker quote passage { documentName start end } } } }"""
ON_DOCUMENT = """subscription($id: ID) { onDocument(id: $id) {
  id owner status version progress passages error { type message } } }"""
ON_MESSAGE = """subscription($channel: String!) { onMessage(channel: $channel) {
  channel id data sender sentAt } }"""
ABOUT = "query { about { chatModel embeddingModel maxQuestionChars maxUploadBytes contentTypes } }"
