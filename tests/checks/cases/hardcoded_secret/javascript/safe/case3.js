jwt.sign({ id }, process.env.JWT_SECRET);
