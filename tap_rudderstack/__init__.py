"""Singer tap for RudderStack: users, groups and memberships over SCIM 2.0."""
