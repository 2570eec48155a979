"""Brings a stage to AWS and takes it away again: one CloudFormation stack with Chalice's package in it.

Read `deploying.py` first: `settle`, `plan`, `deploy` and `discard` compose it; `destroying.py` undoes them.
"""
