const router = require('express').Router();
const { requireUser, optionalUser } = require('./guards');
const { authLimiter } = require('./limits');
const orders = require('./controllers/orders');

router.get('/orders', optionalUser, orders.list);
router.post('/orders', requireUser, orders.create);
router.post('/login', authLimiter, (req, res) => res.end());

module.exports = router;
