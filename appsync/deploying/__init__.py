"""Brings a stage to AWS and takes it away again: one CloudFormation stack, and Chalice's package of the functions.

Read `deploying.py` first: `plan`, `deploy` and `discard` are the composition. `destroying.py` undoes them.
"""
