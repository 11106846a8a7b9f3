"""Define the pages of the demo's web: invented articles, forum threads and sites."""

from __future__ import annotations

from crawler.demo.responses import document, page

FERRY = page(
    "青石镇恢复夜间轮渡，票价不变",
    "青石镇交通管理处周四宣布，停运八个月的夜间轮渡将于下周一恢复，每晚四班，票价仍为两元。",
    "管理处负责人表示，新船配备了雷达与备用发电机，遇大雾时将提前一小时公布停航消息。",
    lang="zh",
)
COLUMN = page(
    "灯下（八十八）：最后一班船",
    "从前镇上的人说起最后一班船，总要压低声音，好像它还在江心。",
    "本栏写到第八十八篇，今后不再更新，谢谢各位读者。",
    lang="zh",
)
THREAD = page(
    "合并后的第一帖",
    "老用户请在此报到，密码与白鹭社区相同。",
    "一楼：来了。二楼：船票还留着。三楼：欢迎回来。",
    lang="zh",
)
FAQ = page(
    "常见问题",
    "如何注册？在码头领取邀请码即可。",
    "帖子可以删除吗？发出十分钟之内可以。",
    lang="zh",
)
FOG = page(
    "Devlog 7: how the fog works",
    "The fog is a grid of 64 by 64 cells, each with a density and a drift.",
    "Light is marched through it in eight steps.",
)
REVIEW = page(
    "《长明灯》评测：一座灯塔，一个夜晚",
    "游戏没有敌人，只有潮水、雾和一盏需要添油的灯。",
    "全程约四小时，推荐戴耳机游玩。",
    lang="zh",
)
NOVEL = page(
    "河边的房子",
    "第一章　房子在河的左岸，门朝着水。",
    "每年涨水时，祖母把书搬到阁楼上，水退了再搬下来。",
    lang="zh",
)
TIMETABLE = page(
    "轮渡时刻表",
    "夜间班次：二十时、二十二时、零时、二时。",
    "大雾停航，以码头公告为准。",
    lang="zh",
)
BOATS = page(
    "Night boats are back",
    "The night ferry returns on Monday after eight months.",
    "Four boats a night, two yuan a ride.",
)
LIGHTS = page(
    "Harbour lights to burn all night again",
    "The twelve harbour lights will burn until sunrise again.",
    "Fishermen had asked for it since spring.",
)
RESULTS = page(
    "Search: ferry lights",
    "Two articles found.",
    "Night boats are back. Harbour lights to burn all night again.",
)
HOME = page(
    "青石晚报电子版", "今日要闻、天气、潮汐表与讣告。", "电子版已于二〇二〇年停止更新。", lang="zh"
)
NO_POST = page("页面不存在", "抱歉，您访问的页面不存在或已被删除。", "返回首页", lang="zh")
READING = page("书屋", "读书会每月一次，在渡口茶馆举行。", "新书交换请到二楼。", lang="zh")
CLOSING = page(
    "白鹭社区关站公告",
    "白鹭社区将于十一月底关闭，帖子将迁往飞鸟论坛。",
    "感谢各位八年来的陪伴。",
    lang="zh",
)
FOR_SALE = page(
    "egret-bbs.example - This domain is for sale!",
    "This domain is parked. Related searches: Loans, Insurance, Casino.",
    "The domain egret-bbs.example may be for sale by its owner!",
    markup='<script src="https://www.sedoparking.com/frmpark/egret-bbs.example/park.js"></script>',
)
CHALLENGE = page(
    "Just a moment...",
    "Enable JavaScript and cookies to continue",
    status=403,
    headers={"cf-mitigated": "challenge", "Server": "cloudflare"},
)
PNG = document(
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00",
    "image/png",
)
DOWNLOAD = page(
    "下载《长明灯》 2.4",
    "当前版本 2.4，适用于三种系统。",
    "更新内容：雾的算法改用八步光线行进。",
    lang="zh",
)
BRIDGE = page(
    "青石大桥今日通车",
    "今天上午九时，青石大桥正式通车，两岸居民步行过江。",
    "大桥全长六百二十米，工期两年零四个月。",
    lang="zh",
)
PIERS = page(
    "桥墩开始浇筑",
    "江心的第三座桥墩昨日开始浇筑，预计四十天完成。",
    "施工期间渡船改走南侧航道。",
    lang="zh",
)
DEMO = page(
    "Lamplight demo",
    "Play the first night of the lighthouse keeper for free.",
    "Runs in a browser.",
)
READING_12 = page(
    "读书会第十二期",
    "本期共读《河边的房子》，周六晚七时在渡口茶馆。",
    "请自带书和茶杯。",
    lang="zh",
)
KITES = page(
    "风筝", "纸鸢以竹为骨，以绢为面，三月试飞。", "镇上最大的一只要八个人拉线。", lang="zh"
)
EDITOR = page("关于我", "书屋分区版主，白天在码头工作。", "来信请寄渡口茶馆。", lang="zh")
