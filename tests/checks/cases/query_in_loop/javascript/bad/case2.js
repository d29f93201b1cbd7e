const f = (ids) => Promise.all(ids.map((id) => prisma.order.findUnique({ where: { id } })));
