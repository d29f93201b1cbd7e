exports.authLimiter = (req, res, next) => next();
