"""Singer tap for Logto: users, organizations, roles, permissions and who holds them."""
