const apiKey = "qT7-93kLm2!xZ";
