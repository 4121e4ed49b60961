"""Singer tap for Kinde: users, organizations, roles, permissions and who holds them."""
