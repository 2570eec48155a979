"""Brings a stage to AWS and takes it away again: one CloudFormation stack with Chalice's package in it.

In the order of a deployment: `settling`, `proposing` (with `discard`), `deploying`; `destroying` undoes it.
"""
