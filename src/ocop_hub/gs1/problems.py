"""The sentence for each way a GS1 code can be wrong: what, where, what to do.

Reason codes of single values are those of the linters in the GS1 Syntax Dictionary, in kebab-case.
"""

from __future__ import annotations

FIELD_NAMES = {
    "00": "SSCC",
    "01": "GTIN",
    "02": "GTIN bên trong",
    "10": "số lô",
    "11": "ngày sản xuất",
    "13": "ngày đóng gói",
    "15": "ngày dùng tốt nhất",
    "17": "hạn sử dụng",
    "21": "số sê-ri",
    "22": "quy cách",
    "410": "GLN nơi nhận",
    "414": "GLN địa điểm",
    "416": "GLN nơi sản xuất",
    "417": "GLN đơn vị",
    "422": "nước xuất xứ",
    "423": "nước sơ chế",
    "426": "nước thực hiện toàn bộ",
    "7007": "ngày thu hoạch",
    "8008": "thời điểm sản xuất",
}

SENTENCES = {
    # one value
    "non-digit-character": "{where} chỉ được có chữ số; bỏ chữ cái, khoảng trắng và dấu.",
    "invalid-cset82-character": "{where} có ký tự không dùng được; chỉ dùng chữ không dấu, chữ số và các dấu như - . / _, không có khoảng trắng.",
    "invalid-cset39-character": "{where} chỉ được có chữ hoa không dấu, chữ số và các dấu # - /.",
    "invalid-cset64-character": "{where} chỉ được có chữ không dấu, chữ số và các dấu - _ =.",
    "too-short": "{where} quá ngắn; xem lại đã ghi đủ ký tự chưa.",
    "too-long": "{where} quá dài; xem lại đã ghi thừa ký tự không.",
    "empty": "{where} đang để trống; ghi giá trị sau số của trường.",
    "incorrect-check-digit": "{where}: số kiểm tra ở cuối không đúng; đối chiếu lại với số in trên bao bì.",
    "too-short-for-check-digit": "{where} quá ngắn để có số kiểm tra; ghi đủ các chữ số.",
    "incorrect-check-pair": "{where}: hai ký tự kiểm tra ở cuối không đúng; đối chiếu lại với mã gốc.",
    "too-short-for-check-pair": "{where} quá ngắn để có hai ký tự kiểm tra; ghi đủ mã.",
    "invalid-cset32-character": "{where}: hai ký tự kiểm tra ở cuối có ký tự không dùng được; đối chiếu lại với mã gốc.",
    "too-short-for-gcp": "{where} quá ngắn để có mã doanh nghiệp GS1; ghi đủ mã.",
    "invalid-gcp-prefix": "{where} phải bắt đầu bằng mã doanh nghiệp GS1 gồm chữ số.",
    "date-too-short": "{where}: ngày phải có đủ các chữ số, ví dụ 260930 là 30/9/2026.",
    "date-too-long": "{where}: ngày thừa chữ số; ghi như 260930 cho 30/9/2026.",
    "illegal-month": "{where}: tháng phải từ 01 đến 12; ngày ghi theo thứ tự năm, tháng, ngày.",
    "illegal-day": "{where}: ngày không có trong tháng đó; ngày ghi theo thứ tự năm, tháng, ngày.",
    "hour-too-short": "{where}: giờ phải có hai chữ số, từ 00 đến 23.",
    "hour-too-long": "{where}: giờ phải có hai chữ số, từ 00 đến 23.",
    "illegal-hour": "{where}: giờ phải từ 00 đến 23.",
    "minute-invalid-length": "{where}: phút phải có hai chữ số, từ 00 đến 59.",
    "illegal-minute": "{where}: phút phải từ 00 đến 59.",
    "illegal-second": "{where}: giây phải từ 00 đến 59.",
    "not-iso3166": "{where}: không có mã nước này; Việt Nam là 704.",
    "not-iso3166-or-999": "{where}: không có mã nước này; Việt Nam là 704, nhiều nước là 999.",
    "not-iso3166-alpha2": "{where}: không có mã nước hai chữ này; Việt Nam là VN.",
    "not-iso4217": "{where}: không có mã tiền tệ này; đồng Việt Nam là 704.",
    "invalid-biological-sex-code": "{where} phải là 0, 1, 2 hoặc 9.",
    "invalid-percent-sequence": "{where}: sau dấu % phải là hai ký tự 0-9 hoặc A-F.",
    "invalid-latitude": "{where}: vĩ độ phải nằm trong 0000000000 đến 1800000000.",
    "latitude-invalid-length": "{where}: vĩ độ phải có 10 chữ số.",
    "invalid-longitude": "{where}: kinh độ phải nằm trong 0000000000 đến 3600000000.",
    "longitude-invalid-length": "{where}: kinh độ phải có 10 chữ số.",
    "not-zero-or-one": "{where} phải là 0 (không) hoặc 1 (có).",
    "not-hyphen": "{where}: nhiệt độ âm ghi dấu - ở cuối, không có ký tự khác.",
    "illegal-zero-value": "{where} không được bằng 0.",
    "not-zero": "{where} phải bắt đầu bằng 0.",
    "illegal-zero-prefix": "{where} không được bắt đầu bằng 0.",
    "requires-non-digit-character": "{where} phải có ít nhất một ký tự không phải chữ số.",
    "invalid-winding-direction": "{where}: chiều cuộn phải là 0, 1 hoặc 9.",
    "invalid-piece-of-total": "{where}: thứ tự kiện và tổng số kiện không khớp nhau.",
    "invalid-position-in-sequence": "{where} phải ghi như 1/3: thứ tự, dấu /, tổng số.",
    "invalid-importer-index": "{where}: ký tự cuối phải là chữ không dấu, chữ số, - hoặc _.",
    "invalid-media-type": "{where}: không có loại vật mang dữ liệu này.",
    "invalid-iban": "{where}: số tài khoản IBAN không đúng; đối chiếu lại với ngân hàng.",
    # identifiers
    "gtin-length": "GTIN phải có 8, 12, 13 hoặc 14 chữ số; số vừa nhập có {length}.",
    "gln-length": "GLN phải có 13 chữ số; số vừa nhập có {length}.",
    "sscc-length": "SSCC phải có 18 chữ số; số vừa nhập có {length}.",
    # element strings and URIs
    "not-gs1": "Không nhận ra mã GS1; bắt đầu bằng https:// cho đường dẫn, (01) hoặc ^01 cho chuỗi dữ liệu.",
    "no-data": "Chuỗi không có dữ liệu; sau ^ phải có ít nhất một trường.",
    "missing-fnc1": "Chuỗi phải bắt đầu bằng ^ (ký tự FNC1).",
    "broken-brackets": "Dấu ngoặc của chuỗi chưa đúng; ghi như (01)08938505970011(10)LO01.",
    "unknown-ai": "Không có trường ({ai}) trong danh mục của GS1; sửa số của trường.",
    "unknown-ai-prefix": "Không có trường nào của GS1 bắt đầu bằng {value}; có thể thiếu ^ sau trường trước đó.",
    "different-repeat": "Trường ({ai}) ghi hai lần với hai giá trị khác nhau; giữ một giá trị.",
    "excluded-pair": "Trường ({ai}) không được đi cùng trường ({value}); bỏ một trong hai.",
    "illegal-uri-character": "Đường dẫn có ký tự không dùng được trong địa chỉ mạng; chữ có dấu và khoảng trắng phải bỏ.",
    "illegal-scheme": "Đường dẫn phải bắt đầu bằng https:// hoặc http://, viết thường hết hoặc viết hoa hết.",
    "no-domain": "Đường dẫn phải có tên miền rồi đến phần sau dấu /.",
    "illegal-domain-character": "Tên miền trong đường dẫn có ký tự không dùng được; sửa phần trước dấu / đầu tiên.",
    "no-key": "Đường dẫn không có khóa GS1; cần có như /01/08938505970011, không thừa dấu / ở cuối.",
    "null-character": "{where} chứa ký tự %00 không được phép; bỏ ký tự đó.",
    "wrong-path-order": "Các trường trong đường dẫn sai thứ tự hoặc không đi được với nhau; sau /01/ là /22/, /10/, /21/ theo thứ tự đó.",
    "duplicate-ai": "Trường ({ai}) ghi hai lần trong đường dẫn; giữ một lần.",
    "not-an-attribute": "Trường ({ai}) không được đặt sau dấu ?; bỏ trường này.",
    "belongs-in-path": "Trường ({ai}) phải nằm trong phần đường dẫn, trước dấu ?; ví dụ /01/…/10/….",
    "no-primary-key": "Không có trường nào làm khóa (như 01, 00, 414) nên không lập được đường dẫn GS1.",
    "not-encodable": "{where} có ký tự không mã hóa được trong đường dẫn; bỏ chữ có dấu.",
}


def sentence(reason: str, *, ai: str = "", value: str = "") -> str:
    """The Vietnamese sentence for ``reason``. An unknown reason is a programming error: KeyError."""
    if ai:
        name = FIELD_NAMES.get(ai)
        where = f"Trường ({ai}) {name}" if name else f"Trường ({ai})"
    else:
        where = "Mã"
    return SENTENCES[reason].format(where=where, ai=ai, value=value, length=len(value))
