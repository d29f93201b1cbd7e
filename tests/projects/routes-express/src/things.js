const { Router } = require('express');

exports.makeRouter = (kind) => {
  const router = Router();
  router.route('/').get((req, res) => res.json(kind)).post((req, res) => res.json(kind));
  return router;
};
