exports.list = async (req, res) => {
  res.json([]);
};

exports.create = async (req, res) => {
  res.status(201).end();
};
