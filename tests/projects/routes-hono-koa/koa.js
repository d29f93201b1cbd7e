const Koa = require('koa');
const Router = require('@koa/router');

const inner = new Router({ prefix: '/inner' });
inner.get('named', '/x/:id', (ctx) => (ctx.body = 'x'));
const outer = new Router();
outer.use('/outer', inner.routes(), inner.allowedMethods());
const app = new Koa();
app.use(outer.routes());
