"""Everything AWS is told: the CloudFormation template, the resolvers' code, and how they are joined."""
