"""Mappers of MyBatis: what `${}` puts into a statement is found, what `#{}` binds and what builders make is not."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import context

from backend_agent.checks import code

JAVA = {"src/main/java/shop/Order.java": 'package shop;\n\nclass Order {\n    String sql = "x";\n}\n'}
HEAD = '<?xml version="1.0"?>\n<mapper namespace="shop.OrderMapper">\n'


def lines(tmp_path: Path, statement: str) -> list[int]:
    files = {**JAVA, "src/main/resources/mapper/OrderMapper.xml": f"{HEAD}{statement}\n</mapper>\n"}
    return [f.line for f in code.run(context(tmp_path, files)) if f.check == "raw_sql"]


@pytest.mark.parametrize(
    "statement",
    [
        "<select id=\"a\">select * from orders where name = '${name}'</select>",
        "<select id=\"a\">select * from orders where name like '%${_parameter}%'</select>",
        '<select id="a">select * from orders order by ${order} asc</select>',
        '<update id="a">update orders set state = ${state} where id = #{id}</update>',
    ],
)
def test_a_value_in_the_text_is_found(tmp_path: Path, statement: str) -> None:
    assert lines(tmp_path, statement) == [3]


@pytest.mark.parametrize(
    "statement",
    [
        '<select id="a">select * from orders where name = #{name}</select>',
        '<select id="a">select * from ${tableName} where id = #{id}</select>',
        '<select id="a">select * from orders <if test="orderByClause != null">order by ${orderByClause}</if></select>',
        '<select id="a">select * from orders where ${criterion.condition} #{criterion.value}</select>',
        "<select id=\"a\"><!-- select '${name}' --> select 1 from orders</select>",
    ],
)
def test_what_is_bound_named_or_made_by_a_builder_is_silent(tmp_path: Path, statement: str) -> None:
    assert lines(tmp_path, statement) == []
