"""Adapters of storage and transport: one file per service, each speaking records and our errors outward."""
