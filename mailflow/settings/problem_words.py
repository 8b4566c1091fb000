"""Problems and errors as operators read them: in Chinese what is wrong, then the exact detail.

The detail is told in Chinese as well (:mod:`mailflow.settings.in_chinese`); a library's own words stay as they are.
"""

from __future__ import annotations

from mailflow.domain.errors import LoginRefused, MailflowError, NeedsPerson, PermanentError, Problem, TemporaryError
from mailflow.settings.in_chinese import in_chinese

CHINESE = {
    "MF001": "找不到文件，请检查路径或运行 mailflow init",
    "MF002": "文件过大",
    "MF003": "文件不是 UTF-8 编码，请另存为 UTF-8",
    "MF004": "YAML 写法有误，请检查缩进",
    "MF005": "YAML 写法不被接受（重复的键、锚点或标签）",
    "MF010": "未知的键，请删除或检查拼写",
    "MF011": "缺少必填项，请补上",
    "MF012": "值不合要求",
    "MF020": "密码或令牌未就绪，启动前请设置",
    "MF021": "日志的密钥无法读取或不合格式，请放回密钥文件",
    "MF022": "日志的密钥放在了存储或会被备份的目录里，请移到别处",
    "MF023": "日志所用的密钥与配置的不同",
    "MF024": "令牌和二维码的密钥 secret.key 缺失",
    "MF025": "secret.key 不是此前签发令牌和二维码的那把密钥",
    "MF030": "没有安装 PostgreSQL 的驱动程序",
    "MF031": "PostgreSQL 拒绝连接，请检查 ledger: 的地址、用户和密码",
    "MF032": "此数据库不能存放台账",
    "MF201": "此目录没有规则文件",
    "MF202": "规则名重复，请改名",
    "MF203": "模式遇到恶意文本会过慢，请简化",
    "MF204": "规则没有通过自己的示例句",
    "MF205": "没有这个行业的词表",
    "MF206": "同一个词表出现两次，请合并",
    "MF207": "没有这个词表，只能给已有的词表加词",
    "MF208": "要去掉的词不在词表里，请检查拼写",
    "MF209": "词表没有通过自己的示例句",
    "MF211": "词组没有通过自己的示例句",
    "MF221": "目录文件损坏，请重新导入",
    "MF222": "表格无法读取",
    "MF223": "表格没有认得的表头",
    "MF224": "缺少名称",
    "MF225": "单元格是公式，请粘贴为数值",
    "MF226": "单元格内容不合要求",
    "MF227": "表格过长，请分成几份",
    "MF228": "与另一行重复",
    "MF229": "同一别名指两种产品",
    "MF301": "规则名重复",
    "MF302": "header 的写法有误",
    "MF303": "规则缺少 starts、phrases 或 regex",
    "MF304": "matches 与 misses 各需至少一个示例句",
    "MF305": "正则表达式有误",
    "MF306": "正则中的重复没有上限，请写成 {0,20} 之类",
    "MF307": "正则中的重复太长或层层嵌套，请缩短或拆分",
    "MF308": "规则没有通过自己的示例句",
    "MF401": "表单编号与文件名不一致",
    "MF402": "表单缺少说明文件（.yaml）",
    "MF403": "说明文件旁没有对应的 .docx",
    "MF404": "此目录没有表单",
    "MF405": "不是 Word 文件，请另存为 .docx",
    "MF410": "模板里用了全角括号，请改为半角 {{ }}",
    "MF411": "模板里的括号不成对",
    "MF412": "模板语法有误",
    "MF413": "模板用了未声明的字段",
    "MF414": "模板里有不安全的表达式",
    "MF415": "表单没有印出必需的内容",
    "MF416": "表单缺少页码",
    "MF417": "填写栏（内容控件）与说明文件不一致",
    "MF418": "表单的分区（sections）有误",
    "MF420": "编号格式有误",
    "MF601": "没有配置密码或令牌",
    "MF602": "与其他机器的连接未加密，请用 tls 或 starttls",
    "MF603": "没有指定要读取的文件夹",
    "MF604": "after: move 需要 done_folder",
    "MF607": "sent_folder 同时是读取的文件夹或 done_folder",
    "MF605": "done_folder 本身也在读取之列，邮件会反复处理",
    "MF606": "此标记不属于我们，请用 $MailflowDone",
    "MF610": "不允许明文 SMTP",
    "MF611": "有密码或令牌时必须填写用户名",
    "MF612": "找不到证书文件，请检查 ca_file",
    "MF620": "找不到邮件模板目录",
    "MF621": "缺少邮件模板",
    "MF622": "邮件模板写法有误",
    "MF623": "邮件模板用了不存在的名称",
    "MF624": "邮件模板缺少词条",
    "MF750": "此目录没有工作日历",
    "MF751": "工作日历重名，请改名",
    "MF752": "工作时间有误",
    "MF753": "节假日或调休日期有误",
    "MF760": "姓名或邮箱重复",
    "MF761": "此人不在人员名单中，或有多人同名",
    "MF762": "没有这个部门",
    "MF763": "没有这个角色",
    "MF764": "没有这个工作日历",
    "MF765": "上级或代理人指回本人",
    "MF766": "请假的日期前后颠倒",
    "MF767": "分派规则不完整",
    "MF801": "此目录没有流程文件",
    "MF802": "based_on 或 parts 的写法有误",
    "MF803": "名称有误，请用小写字母、数字和下划线",
    "MF804": "所指的步骤不存在，或不在此步之前",
    "MF805": "步骤互相等待，永远开始不了",
    "MF806": "没有这个角色，请检查 staff.yaml",
    "MF807": "没有这个表单或签字栏",
    "MF808": "没有这个填写项目，请在 fields.yaml 中声明",
    "MF809": "条件 when 有误或永远不成立",
    "MF810": "done_by 与其他键不匹配",
    "MF811": "who 所指的项目没有在此步之前填写，或不是人员、部门",
    "MF812": "同一类来信有两个无条件的流程",
    "MF813": "填写项目的选项或叫法有误",
    "MF814": "催办步骤的时间次序有误",
    "MF815": "这一步没有人做，请写 role 或 who",
    "MF816": "发给客户的文字须由另一人核准（不得由起草人或调查人核准）",
}

_FAMILIES: tuple[tuple[type[MailflowError], str], ...] = (
    (LoginRefused, "邮件服务器拒绝登录"),
    (TemporaryError, "暂时不可用，稍后再试"),
    (PermanentError, "无法继续"),
    (NeedsPerson, "需要人工处理"),
)


def problem_line(problem: Problem, language: str) -> str:
    """A problem as one line: place, what is wrong, detail, remedy."""
    if language == "en" or problem.code not in CHINESE:
        return str(problem)
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    tail = f" -> {in_chinese(problem.remedy)}" if problem.remedy else ""
    return f"{problem.code} {place}：{CHINESE[problem.code]}（{in_chinese(problem.message)}{tail}）"


def error_line(error: MailflowError, language: str) -> str:
    """An error as one line: what kind of trouble, detail, remedy."""
    family = next((words for kind, words in _FAMILIES if isinstance(error, kind)), "")
    return str(error) if language == "en" or not family else f"{family}：{in_chinese(str(error))}"
