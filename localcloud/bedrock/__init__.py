"""The Bedrock runtime's wire protocol on one machine, over local models."""
