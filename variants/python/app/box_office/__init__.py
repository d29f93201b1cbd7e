"""A small box office: people sign in, organisers publish events, bookings race for the last seat."""
