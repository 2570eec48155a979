"""The GraphQL operations of the client; a test validates each against schema.graphql."""

from riffle.decoding import selection
from riffle.records import (
    About,
    Answer,
    AnswerEvent,
    Conversation,
    Document,
    DocumentText,
    DocumentVersion,
    Message,
    SearchResult,
    Upload,
)

ABOUT = f"query About {{ about {{ {selection(About)} }} }}"
DOCUMENT = f"query Document($id: ID!) {{ document(id: $id) {{ {selection(Document)} }} }}"
DOCUMENTS = f"""query Documents($collection: String, $limit: Int, $nextToken: String) {{
  documents(collection: $collection, limit: $limit, nextToken: $nextToken) {{
    items {{ {selection(Document)} }} nextToken
  }}
}}"""
DOCUMENT_TEXT = f"""query DocumentText($id: ID!, $version: Int, $start: Int, $end: Int) {{
  documentText(id: $id, version: $version, start: $start, end: $end) {{ {selection(DocumentText)} }}
}}"""
DOCUMENT_VERSIONS = f"""query DocumentVersions($id: ID!) {{
  documentVersions(id: $id) {{ {selection(DocumentVersion)} }}
}}"""
SEARCH = f"query Search($input: SearchInput!) {{ search(input: $input) {{ {selection(SearchResult)} }} }}"
ANSWER = f"query Answer($id: ID!) {{ answer(id: $id) {{ {selection(Answer)} }} }}"
ANSWERS = f"""query Answers($conversationId: ID, $limit: Int, $nextToken: String) {{
  answers(conversationId: $conversationId, limit: $limit, nextToken: $nextToken) {{
    items {{ {selection(Answer)} }} nextToken
  }}
}}"""
CONVERSATIONS = f"""query Conversations($limit: Int, $nextToken: String) {{
  conversations(limit: $limit, nextToken: $nextToken) {{ items {{ {selection(Conversation)} }} nextToken }}
}}"""

CREATE_UPLOAD = f"""mutation CreateUpload($input: CreateUploadInput!) {{
  createUpload(input: $input) {{ {selection(Upload)} }}
}}"""
ADD_TEXT = f"mutation AddText($input: AddTextInput!) {{ addText(input: $input) {{ {selection(Document)} }} }}"
RETRY_DOCUMENT = f"mutation RetryDocument($id: ID!) {{ retryDocument(id: $id) {{ {selection(Document)} }} }}"
RESTORE_DOCUMENT = f"""mutation RestoreDocument($id: ID!, $version: Int!) {{
  restoreDocument(id: $id, version: $version) {{ {selection(Document)} }}
}}"""
DELETE_DOCUMENT = (
    f"mutation DeleteDocument($id: ID!) {{ deleteDocument(id: $id) {{ {selection(Document)} }} }}"
)
ASK = f"mutation Ask($input: AskInput!) {{ ask(input: $input) {{ {selection(Answer)} }} }}"
STOP_ANSWER = f"mutation StopAnswer($id: ID!) {{ stopAnswer(id: $id) {{ {selection(Answer)} }} }}"
PUBLISH = f"""mutation Publish($channel: String!, $data: AWSJSON!) {{
  publish(channel: $channel, data: $data) {{ {selection(Message)} }}
}}"""

ON_ANSWER_EVENT = f"""subscription OnAnswerEvent($answerId: ID!) {{
  onAnswerEvent(answerId: $answerId) {{ {selection(AnswerEvent)} }}
}}"""
ON_DOCUMENT = f"subscription OnDocument($id: ID) {{ onDocument(id: $id) {{ {selection(Document)} }} }}"
ON_MESSAGE = (
    f"subscription OnMessage($channel: String!) {{ onMessage(channel: $channel) {{ {selection(Message)} }} }}"
)
