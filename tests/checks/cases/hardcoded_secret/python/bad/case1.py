API_KEY = "qT7-93kLm2!xZ"
