exports.requireUser = (req, res, next) => (req.headers.authorization ? next() : res.status(401).end());
exports.optionalUser = (req, res, next) => next();
