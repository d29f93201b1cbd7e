"""What the contract suite is made of: a stack, its database, its service, a receiver of webhooks, and a client that checks every answer."""
