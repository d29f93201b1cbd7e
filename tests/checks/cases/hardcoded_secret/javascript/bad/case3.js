jwt.sign({ id }, "kitten");
