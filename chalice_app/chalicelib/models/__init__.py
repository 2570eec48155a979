"""The chat and embedding models, behind two small protocols, over the Bedrock runtime."""
